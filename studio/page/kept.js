// What this browser keeps of a person: a name, a choice. A browser that keeps nothing gives what stands in its place.

export const storage = (() => {
  try {
    localStorage.getItem("colloquia");
    return localStorage;
  } catch {
    return { length: 0, key: () => null, getItem: () => null, setItem() { throw new Error("the browser keeps nothing"); }, removeItem() {} };
  }
})();

export const kept = (name, without = "") => storage.getItem(`colloquia-${name}`) ?? without;

export function keep(name, value) {
  try { storage.setItem(`colloquia-${name}`, value); } catch { /* the browser keeps nothing */ }
}
