// Keeps the app on this phone and tells when a new version is ready. Refuses to change the running
// page under the worker: the new version starts when he says so, or at the next start.

const HOUR = 3_600_000;

/** @param {(waiting: ServiceWorkerRegistration) => void} onReady */
export async function keepOffline(onReady) {
  if (!("serviceWorker" in navigator)) return;
  const { serviceWorker } = navigator;
  const registration = await serviceWorker.register("/field/sw.js", { scope: "/field/" })
    .catch(() => null); // no net at the first start: there is nothing to keep yet
  if (!registration) return;
  const tell = () => {
    if (registration.waiting && serviceWorker.controller) onReady(registration);
  };
  const watch = () => registration.installing?.addEventListener("statechange", tell);
  registration.addEventListener("updatefound", watch);
  watch();
  tell();
  setInterval(() => registration.update().catch(() => null), HOUR);
  const { active } = await serviceWorker.ready;
  active?.postMessage("later"); // the barcode reader, while there is a net
}

/** Start the version that waits. @param {ServiceWorkerRegistration} registration */
export function goOn(registration) {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
  registration.waiting?.postMessage("go on");
}
