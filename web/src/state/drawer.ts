// A drawer of the browser's own in which pictures are kept from visit to visit; private windows may have none.

const NAME = "mien";
const STORE = "targets";

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function within<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const request = work(database.transaction(STORE, mode).objectStore(STORE));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    database.close();
  }
}

/** Everything that is kept; nothing where nothing can be. */
export function all<T>(): Promise<T[]> {
  return within<T[]>("readonly", (store) => store.getAll()).catch(() => []);
}

/** Keep something that has an `id`, in place of what had it. Not kept where the browser refuses. */
export async function keep(item: { readonly id: string }): Promise<void> {
  await within("readwrite", (store) => store.put(item)).catch(() => undefined);
}

export async function drop(id: string): Promise<void> {
  await within("readwrite", (store) => store.delete(id)).catch(() => undefined);
}
