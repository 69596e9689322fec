{% test fresh_within(model, column_name, hours) %}
select newest
from (select max({{ column_name }}) as newest from {{ model }}) as found
where
    newest is null
    or newest < {{ dbt.dateadd('hour', -hours, dbt.current_timestamp()) }}
{% endtest %}
