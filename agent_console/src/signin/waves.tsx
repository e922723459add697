/** Two voices as one picture: decoration of the sign-in page, still. */
export function Waves() {
  const bars = Array.from({ length: 46 }, (_, i) => {
    const swell = Math.abs(Math.sin(i * 0.37) * Math.cos(i * 0.13 + 0.6));
    const near = 10 + 92 * swell;
    const far = 8 + 64 * Math.abs(Math.cos(i * 0.29 + 1.1) * Math.sin(i * 0.11 + 0.3));
    return { x: 12 + i * 13, near, far };
  });
  return (
    <svg className="waves" viewBox="0 0 620 320" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      {bars.map(({ x, near, far }) => (
        <g key={x}>
          <rect x={x} y={156 - near} width="5" height={near} rx="2.5" fill="#ffffff" opacity={0.1 + near / 420} />
          <rect x={x} y={164} width="5" height={far} rx="2.5" fill="#8fd3c8" opacity={0.16 + far / 300} />
        </g>
      ))}
    </svg>
  );
}
