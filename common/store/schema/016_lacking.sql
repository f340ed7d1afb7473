-- Objects that were passed over: see ledger_vault_reach. Never edited once out.

-- Below `vaulted`, objects of these positions may be missing here, and with
-- another machine of the commune; 0: none. At a hub.
ALTER TABLE stream ADD COLUMN lack_first INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stream ADD COLUMN lack_last INTEGER NOT NULL DEFAULT 0;

-- Nobody has looked yet.
UPDATE stream SET lack_first = 1, lack_last = vaulted WHERE vaulted > 0;
