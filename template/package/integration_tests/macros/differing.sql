{#- Owned by the template. Of cases, each what it is about, the answer and the right one: those that differ. -#}
{% macro differing(cases) %}
select
    what,
    found,
    expected
from (
    {%- for case in cases %}
    select
        {%- for text in case %}
        {{ dbt.string_literal(dbt.escape_single_quotes(text | string | trim)) }} as {{ ['what', 'found', 'expected'][loop.index0] }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
) as answers
where found <> expected
{% endmacro %}
