export default () => <p>deep</p>;
