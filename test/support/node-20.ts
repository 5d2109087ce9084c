// Node 20 lacks Promise.withResolvers (ECMAScript 2024), which the in-process Step Functions interpreter uses.
if (!('withResolvers' in Promise)) {
  Object.defineProperty(Promise, 'withResolvers', {
    configurable: true,
    writable: true,
    value: <Value>() => {
      let resolve!: (value: Value) => void;
      let reject!: (reason: unknown) => void;
      const promise = new Promise<Value>((onResolve, onReject) => {
        resolve = onResolve;
        reject = onReject;
      });
      return { promise, resolve, reject };
    },
  });
}

export {};
