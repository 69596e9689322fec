select
    flights.flight_id,
    flights.flight_date,
    flights.carrier_code,
    airlines.carrier_name,
    flights.flight_number,
    flights.tail_number,
    planes.manufacturer as aircraft_manufacturer,
    planes.seats as aircraft_seats,
    flights.origin_code,
    flights.destination_code,
    flights.distance_km,
    flights.status,
    flights.scheduled_departure_at,
    flights.departure_delay_minutes,
    flights.arrival_delay_minutes,
    flights.air_time_minutes,
    flights.scheduled_departure_at
    + make_interval(mins => flights.departure_delay_minutes) as departed_at
from {{ ref('stg_flights__flights') }} as flights
left join {{ ref('stg_flights__airlines') }} as airlines
    on flights.carrier_code = airlines.carrier_code
left join {{ ref('stg_flights__planes') }} as planes
    on flights.tail_number = planes.tail_number
