select
    faa as airport_code,
    lat as latitude,
    lon as longitude,
    tzone as time_zone,
    tz as utc_offset_hours,
    cast(alt * 0.3048 as integer) as altitude_m,
    trim(name) as airport_name,
    case dst when 'A' then true when 'N' then false end as has_summer_time
from {{ source('airports_raw', 'airports') }}
