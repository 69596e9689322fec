select
    airport_code,
    airport_name,
    latitude,
    longitude,
    altitude_m,
    time_zone,
    utc_offset_hours,
    has_summer_time
from {{ ref('stg_airports__airports') }}
