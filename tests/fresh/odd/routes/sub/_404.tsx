export default () => <p>nothing, says sub</p>;
