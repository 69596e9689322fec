select sensor
from {{ ref('stg_plant__old') }}
where '{{ target.name }}' = 'ci'
