-- Referrals that nobody has answered, and since when: kept with what comes, made
-- anew at every start (hub/referral.h). Never edited once out.
CREATE TABLE referral_waiting (
    home TEXT NOT NULL,
    report BLOB NOT NULL,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (home, report)
) STRICT;
