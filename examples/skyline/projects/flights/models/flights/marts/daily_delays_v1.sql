select
    delays.origin_code,
    delays.flight_date,
    calendar.day_of_week,
    calendar.is_weekend,
    cast(avg(delays.departure_delay_minutes) as numeric(6, 1)) as mean_departure_delay_minutes,
    count(*) as scheduled_flights,
    count(*) filter (where delays.status = 'cancelled') as cancelled_flights,
    count(*) filter (where delays.departure_delay_minutes >= 15) as late_flights
from {{ ref('delays') }} as delays
left join {{ ref('shared', 'calendar') }} as calendar
    on delays.flight_date = calendar.date_day
group by
    delays.origin_code,
    delays.flight_date,
    calendar.day_of_week,
    calendar.is_weekend
