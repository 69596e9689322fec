{% macro missing_relations(relations) %}
  {% set missing = [] %}
  {% for r in relations %}
    {% if not adapter.get_relation(target.database, r.schema, r.identifier) %}
      {% do missing.append(r.schema ~ '.' ~ r.identifier) %}
    {% endif %}
  {% endfor %}
  {% do log('MESHNEW_MISSING ' ~ tojson(missing), info=True) %}
{% endmacro %}
