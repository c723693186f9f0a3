// The gateway: live events, kept alive, resumed after a break.
//
// Its status is "connected", "broken" while it comes back, "stopped" where nobody listens any more,
// and "foreign" where somebody else does: a playground that was started again knows new tokens only.

import { world } from "./world.js";

const [FIRST_PAUSE, LONGEST_PAUSE] = [250, 2000];
const UNKNOWN_TOKEN = 4004;

export class Gateway {
  #socket = null;
  #beat = null;
  #answered = true;
  #session = null;
  #sequence = null;
  #pause = FIRST_PAUSE;
  #retry = null;
  #closed = false;

  constructor(hear, status) {
    this.hear = hear;
    this.status = status;
    this.#connect();
  }

  close() {
    this.#closed = true;
    clearInterval(this.#beat);
    clearTimeout(this.#retry);
    this.#socket?.close(1000);
  }

  // Somebody looks: what waits for the next try is tried now.
  hurry() {
    if (this.#retry) this.#connect();
  }

  #connect() {
    clearTimeout(this.#retry);
    this.#retry = null;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const address = `${scheme}//${location.host}${world.gateway}?v=10&encoding=json`;
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onmessage = (message) => this.#frame(JSON.parse(message.data));
    let opened = false;
    socket.onopen = () => (opened = true);
    socket.onclose = ({ code }) => {
      clearInterval(this.#beat);
      if (this.#closed) return;
      if (code === UNKNOWN_TOKEN) {
        this.close();
        return this.status("foreign");
      }
      this.status(opened ? "broken" : "stopped");
      this.#retry = setTimeout(() => this.#connect(), this.#pause);
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    };
  }

  #send(op, d) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ op, d }));
  }

  #frame({ op, d, s, t }) {
    if (this.#closed) return;
    if (s) this.#sequence = s;
    if (op === 0) this.#event(t, d);
    else if (op === 10) this.#hello(d.heartbeat_interval);
    else if (op === 11) this.#answered = true;
    else if (op === 7) this.#socket.close(4000);
    else if (op === 9) {
      if (!d) this.#session = null;
      this.#introduce();
    }
  }

  #hello(interval) {
    this.#answered = true;
    clearInterval(this.#beat);
    this.#beat = setInterval(() => {
      if (!this.#answered) return this.#socket.close(4000);
      this.#answered = false;
      this.#send(1, this.#sequence);
    }, interval);
    this.#introduce();
  }

  #introduce() {
    const token = world.me.token;
    if (this.#session) {
      this.#send(6, { token, session_id: this.#session, seq: this.#sequence });
    } else {
      const properties = { os: "web", browser: "playground", device: "" };
      this.#send(2, { token, properties });
    }
  }

  #event(name, data) {
    if (name === "READY") this.#session = data.session_id;
    if (name === "READY" || name === "RESUMED") {
      this.#pause = FIRST_PAUSE;
      this.status("connected");
    }
    this.hear(name, data);
  }
}
