export default () => <p>beside</p>;
