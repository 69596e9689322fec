{% test in_vocabulary(model, column_name, terms=none, vocabulary=none, term_column='term') %}
{%- if (terms is none) == (vocabulary is none) -%}
    {{ exceptions.raise_compiler_error(
        "in_vocabulary of " ~ column_name ~ " needs either `terms: [...]` or `vocabulary: ref('...')`"
    ) }}
{%- endif %}
select
    {{ column_name }} as unknown_value,
    count(*) as row_count
from {{ model }}
where
    {{ column_name }} is not null
    and cast({{ column_name }} as {{ dbt.type_string() }}) not in (
        {%- if terms is not none %}
        {%- for term in terms %}
        {{ dbt.string_literal(dbt.escape_single_quotes(term | string)) }}{{ ',' if not loop.last }}
        {%- endfor %}
        {%- else %}
        select cast({{ term_column }} as {{ dbt.type_string() }})
        from {{ vocabulary }}
        where {{ term_column }} is not null
        {%- endif %}
    )
group by {{ column_name }}
{% endtest %}
