{{ config(materialized='ephemeral') }}
select origin as code, flights from {{ ref('flights', 'delays', v=1) }}
