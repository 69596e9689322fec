"""What Copier raises, as errors of ours: the template is wrong, or an answer is."""

from __future__ import annotations

import re

from meshnew.errors import MeshnewError, ScaffoldError, UsageError


def ours(template: str, error: Exception) -> MeshnewError:
    """The error of ours for one of Copier's or of what it works with.

    Args:
        template: address and version of the template.
        error: what was raised.
    """
    from copier.errors import ConfigFileError, InvalidTypeError, PathError, UnsafeTemplateError
    from plumbum import ProcessExecutionError
    from pydantic import ValidationError

    text = " ".join(str(error).split())
    if isinstance(error, PathError):
        return UsageError(
            f"the template would write outside the project: {text}",
            where=template,
            fix="Correct the file's name in the template, or the answer it is made of.",
        )
    if isinstance(error, UnsafeTemplateError):
        return _unsafe(template, text)
    if isinstance(error, ProcessExecutionError):
        return _failure(template, str(error.stderr).strip())
    if isinstance(error, (ConfigFileError, ValidationError, KeyError)) or (
        isinstance(error, InvalidTypeError) and text.startswith("Unsupported type")
    ):
        return _wrong_questions(template, error)
    # Copier has no class of its own for a wrong answer; a revision is none.
    if isinstance(error, ValueError) and "revision" not in text:
        return _wrong_answer(str(error))
    return _failure(template, str(error))


def _wrong_answer(said: str) -> UsageError:
    if missing := re.fullmatch(r'Question "(.+)" is required', said):
        return UsageError(
            f"the template asks `{missing[1]}`, and has no default for it",
            where="answers",
            fix=f"Answer it: --data {missing[1]}=VALUE",
        )
    return UsageError(said, where="answers", fix="Give another answer.")


def _wrong_questions(template: str, error: Exception) -> ScaffoldError:
    # Of a file that is no YAML, Copier says where its copy lies, and why in the cause.
    return ScaffoldError(
        f"is not as Copier wants it: {_said(error.__cause__ or error)}",
        where=f"copier.yml of {template}",
        fix="Correct it in the template and tag that as a new version, or name a version in "
        "mesh.yml that is right.",
    )


def _said(error: BaseException) -> str:
    from pydantic import ValidationError
    from yaml import MarkedYAMLError

    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    if isinstance(error, MarkedYAMLError) and error.problem_mark:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    return " ".join(str(error).split())


def _failure(template: str, cause: str) -> ScaffoldError:
    return ScaffoldError(
        f"the template cannot be rendered: {cause}",
        where=template,
        fix="Check `template: version` in mesh.yml against the tags of that repository.",
    )


def _unsafe(template: str, cause: str) -> ScaffoldError:
    # "Template uses potentially unsafe features: tasks, migrations.", then Copier's advice.
    named = cause.partition(".")[0].partition(": ")[2].replace("_", " ")
    return ScaffoldError(
        f"the template wants to run programs of its own while it is rendered ({named})",
        where=template,
        fix="mesh.yml names no source that may. Take them out of the template's copier.yml and "
        "tag a new version, or name a version without them in mesh.yml.",
    )
