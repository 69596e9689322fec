with movements as (
    select
        origin_code as airport_code,
        'departure' as direction,
        flight_date,
        status,
        departure_delay_minutes as delay_minutes
    from {{ ref('flights', 'delays') }}
    union all
    select
        destination_code as airport_code,
        'arrival' as direction,
        flight_date,
        status,
        arrival_delay_minutes as delay_minutes
    from {{ ref('flights', 'delays') }}
)

select
    movements.airport_code,
    airports.airport_name,
    movements.direction,
    cast(date_trunc('month', movements.flight_date) as date) as month_start,
    cast(avg(movements.delay_minutes) as numeric(6, 1)) as mean_delay_minutes,
    count(*) as scheduled_flights,
    count(*) filter (where movements.status = 'cancelled') as cancelled_flights
from movements
left join {{ ref('airports') }} as airports
    on movements.airport_code = airports.airport_code
group by
    movements.airport_code,
    airports.airport_name,
    movements.direction,
    month_start
