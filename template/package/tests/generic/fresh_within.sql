{% test fresh_within(model, column_name, hours) %}
select newest
from (select cast(max({{ column_name }}) as {{ dbt.type_timestamp() }}) as newest from {{ model }}) as found
where
    newest is null
    or newest < cast({{ dbt.dateadd('hour', -hours, dbt.current_timestamp()) }} as {{ dbt.type_timestamp() }})
{% endtest %}
