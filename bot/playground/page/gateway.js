// The gateway: live events, kept alive, resumed after a break.

import { world } from "./world.js";

export class Gateway {
  #socket = null;
  #beat = null;
  #answered = true;
  #session = null;
  #sequence = null;
  #pause = 500;
  #closed = false;

  constructor(hear, status) {
    this.hear = hear;
    this.status = status;
    this.#connect();
  }

  close() {
    this.#closed = true;
    clearInterval(this.#beat);
    this.#socket?.close(1000);
  }

  #connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const address = `${scheme}//${location.host}${world.gateway}?v=10&encoding=json`;
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onmessage = (message) => this.#frame(JSON.parse(message.data));
    socket.onclose = () => {
      clearInterval(this.#beat);
      if (this.#closed) return;
      this.status(false);
      setTimeout(() => this.#closed || this.#connect(), this.#pause);
      this.#pause = Math.min(this.#pause * 2, 10_000);
    };
  }

  #send(op, d) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ op, d }));
  }

  #frame({ op, d, s, t }) {
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
      this.#pause = 500;
      this.status(true);
    }
    this.hear(name, data);
  }
}
