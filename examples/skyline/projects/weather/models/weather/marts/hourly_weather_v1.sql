select
    airport_code,
    observed_at,
    local_date,
    local_hour,
    temperature_celsius,
    dew_point_celsius,
    humidity_percent,
    wind_direction_degrees,
    wind_speed_kmh,
    wind_gust_kmh,
    precipitation_mm,
    cast(
        sum(precipitation_mm) over last_6_hours as numeric(5, 1)
    ) as precipitation_last_6_hours_mm,
    pressure_hpa,
    visibility_km
from {{ ref('stg_weather__reports') }}
window last_6_hours as (
    partition by airport_code
    order by observed_at
    -- By time, not by rows: the series has gaps.
    range between interval '5 hours' preceding and current row
)
