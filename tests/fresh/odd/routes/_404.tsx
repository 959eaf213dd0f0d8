export default () => <p>nothing, says the root</p>;
