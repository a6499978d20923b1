// Finds codes in pictures, beside the page, so that the page stays quick. The reader is zxing-wasm,
// served from here; its program is handed to it, so that it looks for it nowhere else. Refuses other
// kinds of codes than this work has: QR, Code 128, Data Matrix.

/** @typedef {{ text: string, isValid: boolean }} Found */
/** @type {DedicatedWorkerGlobalScope & { ZXingWASM: {
 *   prepareZXingModule(options: object): Promise<unknown>,
 *   readBarcodesFromImageData(image: ImageData, options: object): Promise<Found[]> } }} */
const worker = /** @type {any} */ (self);
const KINDS = { formats: ["QRCode", "Code128", "DataMatrix"], maxNumberOfSymbols: 1 };

worker.importScripts("/static/lib/zxing/index.js");
const ready = fetch("/static/lib/zxing/zxing_reader.wasm").then(async (answer) => {
  if (!answer.ok) throw new Error(String(answer.status));
  const wasmBinary = await answer.arrayBuffer();
  await worker.ZXingWASM.prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
});
ready.then(() => worker.postMessage({ ready: true }), () => worker.postMessage({ ready: false }));

worker.addEventListener("message", async (event) => {
  await ready;
  const found = await worker.ZXingWASM.readBarcodesFromImageData(event.data, KINDS);
  worker.postMessage({ codes: found.filter((each) => each.isValid).map((each) => each.text) });
});
