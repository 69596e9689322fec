select a.code, d.flights
from {{ ref('stg_delays') }} d join {{ ref('airports', v=1) }} a using (code)
