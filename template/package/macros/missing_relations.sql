{#- Owned by the template. -#}

{% macro missing_relations(relations) %}
    {%- set missing = [] -%}
    {%- for relation in relations -%}
        {%- if adapter.get_relation(target.database, relation.schema, relation.identifier) is none -%}
            {%- do missing.append(relation.schema ~ '.' ~ relation.identifier) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do log('MESHNEW_MISSING ' ~ tojson(missing), info=True) -%}
{% endmacro %}
