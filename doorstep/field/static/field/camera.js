// The phone's camera as a scanner: what it reads becomes the same event "scan" that a gun makes, so a
// screen need not know which it was. The reader is fetched at the first use. Refuses to hold the
// camera while nobody looks: hidden, it is let go.

const PAUSE = 100; // ms between two looks
const AGAIN = 2_500; // ms in which the same code is not told twice
const WIDEST = 1_024; // pixels a picture is looked at with

export class Camera {
  /** @param {(code: string) => void} [tell] */
  constructor(tell = emit) {
    this.tell = tell;
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {Worker | null} */
    this.reader = null;
    this.last = { code: "", at: -Infinity };
    this.video = document.createElement("video");
    this.video.muted = true;
    this.video.playsInline = true;
    this.canvas = document.createElement("canvas");
    this.timer = 0;
    this.open = false;
  }

  /** Begin to look. @throws {DOMException} NotAllowedError, NotFoundError: no camera for us */
  async start() {
    this.open = true;
    document.addEventListener("visibilitychange", this.onVisible);
    await this.hold();
    if (this.reader) return;
    this.reader = new Worker("/static/field/camera_worker.js");
    await new Promise((resolve, reject) => {
      const reader = /** @type {Worker} */ (this.reader);
      reader.onerror = () => reject(new Error("NO_READER"));
      reader.onmessage = ({ data }) => (data.ready ? resolve(null) : reject(new Error("NO_READER")));
    }).catch((problem) => {
      this.stop();
      throw problem;
    });
    this.reader.onmessage = ({ data }) => this.take(data.codes ?? []);
    this.look();
  }

  /** Stop, and let the camera go. */
  stop() {
    this.open = false;
    document.removeEventListener("visibilitychange", this.onVisible);
    clearTimeout(this.timer);
    this.release();
    this.reader?.terminate();
    this.reader = null;
  }

  onVisible = () => {
    if (document.hidden) this.release();
    else if (this.open) this.hold().then(() => this.look()).catch(() => this.stop());
  };

  async hold() {
    if (this.stream) return;
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    this.video.srcObject = this.stream;
    await this.video.play();
  }

  release() {
    clearTimeout(this.timer);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }

  /** Give the picture of now to the reader; it answers with `take`. */
  look() {
    clearTimeout(this.timer);
    if (!this.stream || !this.reader) return;
    const { videoWidth, videoHeight } = this.video;
    const pen = this.canvas.getContext("2d", { willReadFrequently: true });
    if (!videoWidth || !pen) {
      this.timer = setTimeout(() => this.look(), PAUSE);
      return;
    }
    const scale = Math.min(1, WIDEST / videoWidth);
    this.canvas.width = Math.round(videoWidth * scale);
    this.canvas.height = Math.round(videoHeight * scale);
    pen.drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    const picture = pen.getImageData(0, 0, this.canvas.width, this.canvas.height);
    this.reader.postMessage(picture, [picture.data.buffer]);
  }

  /** @param {string[]} codes */
  take(codes) {
    const now = performance.now();
    for (const code of codes) {
      const again = code === this.last.code && now - this.last.at < AGAIN;
      this.last = { code, at: now };
      if (!again) this.tell(code);
    }
    this.timer = setTimeout(() => this.look(), PAUSE);
  }
}

/** @param {string} code */
function emit(code) {
  document.dispatchEvent(new CustomEvent("scan", { detail: { code, target: null }, cancelable: true }));
}
