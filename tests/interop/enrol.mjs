// enrol.mjs - from a token to a certificate (PROTOCOL 8.2).
import { randomBytes } from 'node:crypto';
import { curveKeyPair } from 'zeromq';
import { newBoxKey, newSignKey, proves, sign, unZ85 } from './keys.mjs';
import { Line } from './line.mjs';
import { decode, encode, readFrame, unpack, writeFrame } from './wire.mjs';

export function readToken(text) {
    if (!text.startsWith('lienxa1') || text.length > 2048)
        throw new Error('not a token');
    return decode('TokenBody', unpack(Buffer.from(text.slice(7), 'base64url'), 1024));
}

export function newKeys() {
    const pair = curveKeyPair();
    return { curve: { public: unZ85(pair.publicKey), secret: unZ85(pair.secretKey) }, sign: newSignKey() };
}

// Says ENROL once; the answer, { name, message }.
function ask(token, keys, message) {
    return new Promise((answer, failed) => {
        const late = setTimeout(() => failed(new Error('no answer at the enrolment endpoint')), 30000);
        const line = new Line(token.enrol, token.hubCurve, keys.curve, { largest: 4096 }, {
            opened: () => line.send(writeFrame('enrol', message)),
            came: (frame) => {
                clearTimeout(late);
                answer(readFrame(frame));
                line.close();
            },
            gone: (why) => failed(new Error(why)),
        });
    });
}

// What a machine knows of itself from then on, or null when it was refused.
export async function enrol(text, keys) {
    const token = readToken(text);
    const message = { unit: token.unit, secret: token.secret, curvePublic: keys.curve.public, signPublic: keys.sign.public };
    message.signature = sign(keys.sign, 'enrol', encode('Enrol', message));
    const { name, message: answer } = await ask(token, keys, message);

    if (name !== 'enrolled')
        return null;
    const key = decode('SigningKeyBody', answer.signingKey.body);
    const certificate = decode('CertificateBody', answer.certificate.body);
    const fits = (got, wanted) => Buffer.compare(Buffer.from(got), Buffer.from(wanted)) === 0;
    if (!proves(token.rootPublic, 'signing key', answer.signingKey.body, answer.signingKey.signature) ||
        !proves(key.signPublic, 'certificate', answer.certificate.body, answer.certificate.signature) ||
        key.hub !== token.hub || certificate.hub !== token.hub || certificate.unit !== token.unit ||
        !fits(certificate.curvePublic, keys.curve.public) || !fits(certificate.signPublic, keys.sign.public))
        throw new Error('a certificate that proves nothing');
    return {
        unit: token.unit, slug: token.unitSlug, hub: token.hub, root: Buffer.from(token.rootPublic),
        hubCurve: Buffer.from(token.hubCurve), express: token.express, bulk: token.bulk, number: certificate.number,
        curve: keys.curve, sign: keys.sign, signingKey: {
            body: Buffer.from(answer.signingKey.body), signature: Buffer.from(answer.signingKey.signature) },
        rest: randomBytes(32), recovery: newBoxKey(), duty: newBoxKey(), custodian: newBoxKey(),
    };
}
