select
    carrier as carrier_code,
    flight as flight_number,
    tailnum as tail_number,
    origin as origin_code,
    dest as destination_code,
    dep_delay as departure_delay_minutes,
    arr_delay as arrival_delay_minutes,
    air_time as air_time_minutes,
    cast(distance * 1.609344 as integer) as distance_km,
    concat_ws('-', make_date(year, month, day), carrier, flight, origin) as flight_id,
    make_date(year, month, day) as flight_date,
    -- The raw hour is in UTC, which spares us the nights when clocks change.
    time_hour + make_interval(mins => minute) as scheduled_departure_at,
    case
        when dep_time is null then 'cancelled'
        when arr_delay is null then 'diverted'
        else 'flown'
    end as status
from {{ source('flights_raw', 'flights') }}
