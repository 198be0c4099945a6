/** Takes what comes and works on it while it waits for the next. Gives the function that ends it. */
export function takeEach(take, work) {
  let isOver = false;
  const fail = (error) => {
    if (!isOver) throw error;
  };
  const loop = async () => {
    while (!isOver) {
      const taken = await take();
      if (taken) work(taken).catch(fail);
    }
  };
  loop().catch(fail);
  return () => {
    isOver = true;
  };
}
