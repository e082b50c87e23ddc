parent.postMessage({ isReady: true }, "*");
