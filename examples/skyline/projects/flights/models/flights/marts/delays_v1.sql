select
    departures.flight_id,
    departures.flight_date,
    departures.carrier_code,
    departures.carrier_name,
    departures.flight_number,
    departures.tail_number,
    departures.aircraft_manufacturer,
    departures.aircraft_seats,
    departures.origin_code,
    origins.airport_name as origin_name,
    departures.destination_code,
    destinations.airport_name as destination_name,
    departures.distance_km,
    departures.status,
    departures.scheduled_departure_at,
    departures.departed_at,
    departures.departure_delay_minutes,
    departures.arrival_delay_minutes,
    departures.air_time_minutes,
    weather.temperature_celsius,
    weather.wind_speed_kmh,
    weather.precipitation_mm,
    weather.visibility_km
from {{ ref('int_flights__departures') }} as departures
left join {{ ref('airports', 'airports') }} as origins
    on departures.origin_code = origins.airport_code
left join {{ ref('airports', 'airports') }} as destinations
    on departures.destination_code = destinations.airport_code
left join {{ ref('weather', 'hourly_weather') }} as weather
    on
        departures.origin_code = weather.airport_code
        and date_trunc('hour', departures.scheduled_departure_at) = weather.observed_at
