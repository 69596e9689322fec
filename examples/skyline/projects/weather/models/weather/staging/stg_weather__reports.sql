select
    origin as airport_code,
    time_hour as observed_at,
    hour as local_hour,
    cast((temp - 32) * 5 / 9 as numeric(5, 1)) as temperature_celsius,
    cast((dewp - 32) * 5 / 9 as numeric(5, 1)) as dew_point_celsius,
    cast(humid as numeric(5, 1)) as humidity_percent,
    cast(nullif(wind_dir, 0) as integer) as wind_direction_degrees,
    -- One report says 1048 mph: a typing error, and nothing says what it should be.
    cast(
        case when wind_speed < 250 then wind_speed * 1.609344 end as numeric(5, 1)
    ) as wind_speed_kmh,
    cast(wind_gust * 1.609344 as numeric(5, 1)) as wind_gust_kmh,
    cast(precip * 25.4 as numeric(5, 1)) as precipitation_mm,
    cast(pressure as numeric(5, 1)) as pressure_hpa,
    cast(visib * 1.609344 as numeric(5, 1)) as visibility_km,
    make_date(year, month, day) as local_date
from {{ source('weather_raw', 'weather') }}
