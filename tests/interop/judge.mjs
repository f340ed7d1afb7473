// judge.mjs - what the hub's changes say, and whether they may be believed:
// signing keys (PROTOCOL 8.1), alerts (9), quarantine (7.7).
import { nameOf, refOf } from './change.mjs';
import { keyId, proves } from './keys.mjs';
import { decode, hasUnknown } from './wire.mjs';

// kind: what its fact is
const facts = { 2: 'ReferralFact', 3: 'NoticeFact', 4: 'ProcedureFact', 5: 'UnitFact', 9: 'NodeKeyFact',
    12: 'IncarnationFact', 14: 'CarriedFact', 15: 'HubKeyFact' };

const hex = (bytes) => Buffer.from(bytes).toString('hex');

// Takes the signing key that the root signed, if it is one of our hub's.
export function learnSigningKey(store, message) {
    const { root, hub } = store.me;
    const body = decode('SigningKeyBody', message.body);

    if (!proves(root, 'signing key', message.body, message.signature) || body.hub !== hub ||
        body.signPublic.length !== 32)
        return false;
    store.judged.keys.set(hex(keyId(body.signPublic)), Buffer.from(body.signPublic));
    for (const id of body.revoked)
        store.judged.revoked.add(hex(id));
    return true;
}

// The believed key with this id, or null.
export function signingKey(store, id) {
    const name = hex(id);
    return store.judged.revoked.has(name) ? null : store.judged.keys.get(name) ?? null;
}

// 0, or why not: 3 no proof of this key yet, 7 a wrong signature.
export function bySigningKey(store, purpose, bytes, id, signature) {
    const key = signingKey(store, id);
    if (key === null)
        return 3;
    return proves(key, purpose, bytes, signature) ? 0 : 7;
}

function sane(alert, change) {
    const { id, issuer, issuedMs, expiresMs, type, severity, event, headline, text, instruction } = alert;
    const short = (words, most) => [...words].length <= most;
    return Buffer.compare(Buffer.from(id), Buffer.from(change.of.record)) === 0 && issuer === change.of.home &&
        expiresMs > issuedMs && type >= 1 && type <= 3 && severity >= 1 && severity <= 4 &&
        short(event, 100) && short(headline, 160) && short(text, 8000) && short(instruction, 8000) &&
        alert.audience.length <= 512 && alert.references.length <= 16 &&
        alert.references.every((reference) => reference.length === 16) &&
        (type !== 1 || alert.references.length === 0);
}

// The verdict of PROTOCOL 9.3 on a change of kind 6, and the alert it holds.
export function verdictOn(store, change, now) {
    let envelope, alert;
    try {
        envelope = decode('Signed', change.fact.data);
        alert = decode('AlertBody', envelope.body);
    } catch {
        return { verdict: 206 };
    }
    const key = signingKey(store, envelope.keyId);
    const { alerts, superseded } = store.judged;
    const id = hex(alert.id);
    const verdict =
        key === null ? 210 :
        !proves(key, 'alert', envelope.body, envelope.signature) ? 208 :
        !sane(alert, change) || hasUnknown('Signed', change.fact.data) ? 206 :
        alerts.has(id) ? 201 :
        alert.type !== 1 && alert.references.length === 0 ? 207 :
        alert.audience.length > 0 && !alert.audience.includes(store.me.unit) ? 214 :
        Math.max(now, store.judged.beacon) >= alert.expiresMs ? 209 :
        superseded.has(id) ? 202 : 200;
    return { verdict, alert, id };
}

function refusalOf(store, change) {
    const kind = change.of.kind;
    if (kind === 6) {
        const { verdict, alert, id } = verdictOn(store, change, Date.now());
        if ([210, 208, 206, 207].includes(verdict))
            return `an alert with the verdict ${verdict}`;
        if (verdict === 201)
            return null;
        store.judged.alerts.set(id, { id, alert, verdict, change, at: Date.now() });
        alert.references.forEach((reference) => store.judged.superseded.add(hex(reference)));
        return null;
    }
    if (kind === 10)
        return change.fact !== null && learnSigningKey(store, decode('Signed', change.fact.data)) ? null :
            'a signing key that the root did not sign';
    if (facts[kind] === undefined)
        return `unknown kind ${kind}`;
    if (change.fact?.data && hasUnknown(facts[kind], change.fact.data))
        return 'a fact that says more than is known here';
    return null;
}

// Applies a change of the hub. What cannot be used is kept, with the reason.
export function learn(store, change) {
    let reason;
    try {
        reason = refusalOf(store, change);
    } catch (error) {
        reason = error.message;
    }
    if (reason !== null)
        store.judged.refused.set(nameOf(refOf(change)), { change, reason, since: Date.now() });
}

// active, superseded, expired, outside
export function alertState(store, entry, now = Date.now()) {
    if (entry.verdict === 214)
        return 'outside';
    if (store.judged.superseded.has(entry.id))
        return 'superseded';
    return entry.verdict === 209 || Math.max(now, store.judged.beacon) >= entry.alert.expiresMs ? 'expired' : 'active';
}
