// line.mjs - one DEALER with CURVE to the hub (PROTOCOL 11). It tells when the
// handshake is done, what comes in, and when it is gone; it is then done with.
import { Dealer } from 'zeromq';
import { z85 } from './keys.mjs';

export class Line {
    // `keys`: { public, secret }, both 32 bytes. Calls opened(), came(frame), gone().
    constructor(address, server, keys, { heartbeat = false, largest = 262144 }, { opened, came, gone }) {
        this.socket = new Dealer({
            curveServerKey: z85(server), curvePublicKey: z85(keys.public), curveSecretKey: z85(keys.secret),
            linger: 0, sendHighWaterMark: 4096, receiveHighWaterMark: 4096, maxMessageSize: largest + 33,
            handshakeInterval: 5000, connectTimeout: 10000, reconnectInterval: 1000, reconnectMaxInterval: 60000,
            immediate: true, sendTimeout: 0,
            ...(heartbeat ? { heartbeatInterval: 30000, heartbeatTimeout: 90000, heartbeatTimeToLive: 65000 } : {}),
        });
        this.queue = Promise.resolve();
        this.closed = false;
        this.gone = gone;
        this.socket.events.on('handshake', () => this.closed || opened());
        for (const bad of ['disconnect', 'handshake:error:auth', 'handshake:error:protocol', 'handshake:error:other'])
            this.socket.events.on(bad, () => this.close(bad));
        this.socket.connect(address);
        this.#read(came);
    }
    async #read(came) {
        try {
            for await (const frames of this.socket) {
                if (this.closed)
                    return;
                if (frames.length === 1)
                    came(frames[0]);
            }
        } catch (error) {
            if (!this.closed)
                throw error;
        }
    }
    send(frame) {
        this.queue = this.queue.then(() => this.closed || this.socket.send(frame)).catch(() => this.close('send'));
    }
    close(why = 'closed') {
        if (this.closed)
            return;
        this.closed = true;
        this.socket.close();
        this.gone(why);
    }
}
