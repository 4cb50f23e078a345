insert into log.head (tenant)
values ($1)
on conflict on constraint head_pkey do nothing
