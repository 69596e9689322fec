select
    carrier as carrier_code,
    name as carrier_name
from {{ source('flights_raw', 'airlines') }}
