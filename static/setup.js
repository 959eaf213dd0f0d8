// The token of a set-up link stands behind "#": it goes to no server by itself, nor into its logs.
const token = location.hash.slice(1);
const field = document.getElementById("token");
if (token && field) {
  field.value = token;
  history.replaceState(null, "", location.pathname);
}
