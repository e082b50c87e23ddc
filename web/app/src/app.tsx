export function App() {
  return <h1>Threadkeep</h1>;
}
