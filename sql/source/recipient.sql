-- Who may receive: OCMWs and CAW Brussel.
select
    kbo,
    name,
    kind,
    ovo
from recipient
