// keys.mjs - signatures with their lines (PROTOCOL 2.3), boxes (4.4, 7.10) and
// the way CURVE keys are written for libzmq.
import { createPrivateKey, createPublicKey, randomBytes, sign as edSign, verify as edVerify } from 'node:crypto';
import { createRequire } from 'node:module';
import { encode, sha256 } from './wire.mjs';

// The package's own modules name a file that it does not have.
const sodium = createRequire(import.meta.url)('libsodium-wrappers');
await sodium.ready;

const derOf = (prefix) => (raw) => Buffer.concat([Buffer.from(prefix, 'hex'), raw]);
const privateDer = derOf('302e020100300506032b657004220420');
const publicDer = derOf('302a300506032b6570032100');

export const keyId = (publicKey) => sha256(publicKey).subarray(0, 8);

const secretOf = (seed) => createPrivateKey({ key: privateDer(seed), format: 'der', type: 'pkcs8' });

export function newSignKey() {
    const seed = randomBytes(32);
    return { seed, public: createPublicKey(secretOf(seed)).export({ format: 'der', type: 'spki' }).subarray(-32) };
}

const lined = (purpose, bytes) => Buffer.concat([Buffer.from(`lienxa ${purpose} 1\n`), bytes]);

export const sign = (key, purpose, bytes) => edSign(null, lined(purpose, bytes), secretOf(key.seed));
export const proves = (publicKey, purpose, bytes, signature) =>
    signature.length === 64 && publicKey.length === 32 && edVerify(null, lined(purpose, bytes),
        createPublicKey({ key: publicDer(publicKey), format: 'der', type: 'spki' }), signature);
export const signed = (key, purpose, body) =>
    ({ body, keyId: keyId(key.public), signature: sign(key, purpose, body) });

// ---- boxes: { public, secret } are X25519 keys

export function newBoxKey() {
    const pair = sodium.crypto_box_keypair();
    return { public: Buffer.from(pair.publicKey), secret: Buffer.from(pair.privateKey) };
}
export const seal = (publicKey, bytes) => Buffer.from(sodium.crypto_box_seal(bytes, publicKey));

const aead = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt;
const open = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt;

export function box(key, data, bytes) {
    const nonce = randomBytes(24);
    return Buffer.concat([nonce, aead(bytes, data, null, nonce, key)]);
}
// null: it is not for this key.
export function unbox(key, data, bytes) {
    try {
        return Buffer.from(open(null, bytes.subarray(24), data, bytes.subarray(0, 24), key));
    } catch {
        return null;
    }
}

// ---- CURVE keys as libzmq wants them (Z85, ZeroMQ RFC 32)

const letters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

export function z85(bytes) {
    let text = '';
    for (let at = 0; at < bytes.length; at += 4)
        for (let place = 4, value = bytes.readUInt32BE(at); place >= 0; place--)
            text += letters[Math.floor(value / 85 ** place) % 85];
    return text;
}
export function unZ85(text) {
    const bytes = Buffer.alloc(text.length / 5 * 4);
    for (let at = 0; at < text.length; at += 5)
        bytes.writeUInt32BE([...text.slice(at, at + 5)].reduce((sum, c) => sum * 85 + letters.indexOf(c), 0), at / 5 * 4);
    return bytes;
}

// Who sent it and what is said about them: a SealBody for the key `custodian`
// or not, as a ReportVault.
export const sealSender = (publicKey, custodian, name, phone) => encode('ReportVault', {
    sealKeyId: keyId(publicKey), custodian, seal: seal(publicKey, encode('SealBody', { name, phone })),
});
