select
    tailnum as tail_number,
    manufacturer,
    seats
from {{ source('flights_raw', 'planes') }}
