export default () => <p>index of a folder</p>;
