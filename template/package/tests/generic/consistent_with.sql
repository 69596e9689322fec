{% test consistent_with(model, other, keys, sums=[], counts=true, tolerance=0) %}
{#- Each is a list of columns, or says what they are called in the other: {ours: theirs}. -#}
{%- set keys = keys.items() | list if keys is mapping else zip(keys, keys) | list -%}
{%- set sums = sums.items() | list if sums is mapping else zip(sums, sums) | list -%}
with both_sides as (
    select
        {%- for ours, theirs in keys %}
        {{ ours }},
        {%- endfor %}
        {%- for ours, theirs in sums %}
        {{ ours }} as our_{{ loop.index }},
        0 as their_{{ loop.index }},
        {%- endfor %}
        1 as our_row,
        0 as their_row
    from {{ model }}
    union all
    select
        {%- for ours, theirs in keys %}
        {{ theirs }} as {{ ours }},
        {%- endfor %}
        {%- for ours, theirs in sums %}
        0 as our_{{ loop.index }},
        {{ theirs }} as their_{{ loop.index }},
        {%- endfor %}
        0 as our_row,
        1 as their_row
    from {{ other }}
),

compared as (
    select
        {%- for ours, theirs in keys %}
        {{ ours }},
        {%- endfor %}
        {%- for ours, theirs in sums %}
        coalesce(sum(our_{{ loop.index }}), 0) as our_sum_of_{{ ours }},
        coalesce(sum(their_{{ loop.index }}), 0) as their_sum_of_{{ ours }},
        {%- endfor %}
        sum(our_row) as our_row_count,
        sum(their_row) as their_row_count
    from both_sides
    group by
        {%- for ours, theirs in keys %}
        {{ ours }}{{ ',' if not loop.last }}
        {%- endfor %}
)

select *
from compared
where
    1 = 0
    {%- if counts %}
    or abs(our_row_count - their_row_count) > {{ tolerance }} * their_row_count
    {%- endif %}
    {%- for ours, theirs in sums %}
    or abs(our_sum_of_{{ ours }} - their_sum_of_{{ ours }}) > {{ tolerance }} * abs(their_sum_of_{{ ours }})
    {%- endfor %}
{% endtest %}
