{% macro generate_schema_name(custom, node) %}
  {%- set public = node.config.access == 'public' -%}
  {%- if target.name == 'prod' -%}
    {{ node.fqn[1] ~ ('_products' if public else '') }}
  {%- else -%}{{ target.schema }}{%- endif -%}
{% endmacro %}
