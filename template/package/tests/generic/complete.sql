{% test complete(model, columns, at_least=1) %}
with counted as (
    select
        count(*) as row_count
        {%- for column in columns %},
        count({{ column }}) as filled_{{ loop.index }}
        {%- endfor %}
    from {{ model }}
)
{% for column in columns %}
{{ 'union all' if not loop.first }}
select
    '{{ column }}' as column_name,
    filled_{{ loop.index }} as filled,
    row_count
from counted
where filled_{{ loop.index }} < {{ at_least }} * row_count
{%- endfor %}
{% endtest %}
