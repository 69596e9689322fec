select f.origin, count(*) as flights
from {{ source('raw', 'flights') }} f
join {{ ref('airports', 'airports') }} a on a.code = f.origin
group by 1
