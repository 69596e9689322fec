"""A hosted forge on this machine: people, teams, real git over HTTPS, and a REST interface.

`world` is what there is, `github` and `gitlab` tell it in the words of each, `server` puts
both and git itself behind one certificate.
"""
