/* Three servers of one machine; comments of both kinds. */
{
  // a trailing comma, single and double quotes, quoted keys
  nodes: [
    {host: '127.0.0.1', port: 8127, adminport: 8128},
    {host: "127.0.0.1", "port": 8129, adminport: 8130},
    {'host': '127.0.0.1', port: 0x1fc3, adminport: 8132},
  ],
  server: './servers/udp',
  udp_version: 'udp4',
  host: '0.0.0.0',
  port: 8125,
  forkCount: 2,
  checkInterval: 1e3,
  cacheSize: 10000,
  flavour: 'vanilla'
}
