// What the device keeps: a key that cannot be read out, and counts. Each change is one transaction: whole or not at all.

const STORE = "kept";

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("bluezone-gate", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

let opened;

// Reads these keys, hands them to `fn`, keeps what it changed in them; returns what `fn` returns.
export async function change(keys, fn) {
  opened ??= open();
  const transaction = (await opened).transaction(STORE, "readwrite", { durability: "strict" });
  const store = transaction.objectStore(STORE);
  return new Promise((resolve, reject) => {
    const values = {};
    let result;
    let left = keys.length;
    for (const key of keys) {
      store.get(key).onsuccess = (event) => {
        values[key] = event.target.result;
        left -= 1;
        if (left > 0) return;
        result = fn(values);
        for (const changed of keys) {
          if (values[changed] === undefined) store.delete(changed);
          else store.put(values[changed], changed);
        }
      };
    }
    transaction.oncomplete = () => resolve(result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

export async function forgetAll() {
  opened ??= open();
  const transaction = (await opened).transaction(STORE, "readwrite", { durability: "strict" });
  transaction.objectStore(STORE).clear();
  return new Promise((resolve) => { transaction.oncomplete = resolve; });
}
