import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/problem.ts';
import { parseCloudFile, readCloud } from '../../src/azure/cloud.ts';
import { connect } from '../../src/azure/connect.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-cloud-'));
  nock.disableNetConnect();
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
  nock.cleanAll();
  nock.enableNetConnect();
});

const good = {
  name: 'simulated',
  resourceManager: 'https://localhost:8443/',
  authority: 'https://localhost:8443/adfs',
  audience: 'https://localhost:8443/',
  credential: { clientId: 'client', clientSecretFile: 'secret.txt' },
};
const problemsOf = (text: string): readonly string[] => {
  try {
    parseCloudFile(text, 'cloud.json');
    return [];
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.problems.map((p) => `${p.at?.line}:${p.at?.column} ${p.summary}`);
  }
};

describe('clouds', () => {
  it('are known by name, however spelled', async () => {
    expect((await readCloud('azurechina')).resourceManager).toBe('https://management.chinacloudapi.cn');
    expect((await readCloud('AzureUSGovernment')).authority).toBe('https://login.microsoftonline.us');
  });

  it('from a file read the files named beside it', async () => {
    await writeFile(join(dir, 'cloud.json'), JSON.stringify({ ...good, caFile: 'ca.pem', timeScale: 60 }));
    await writeFile(join(dir, 'secret.txt'), 's3cret\n');
    await writeFile(join(dir, 'ca.pem'), 'PEM');
    expect(await readCloud(join(dir, 'cloud.json'))).toMatchObject({
      resourceManager: 'https://localhost:8443',
      ca: 'PEM',
      timeScale: 60,
      credential: { clientId: 'client', clientSecret: 's3cret' },
    });
  });

  it('that nobody knows are wrong usage, and so are files named and absent', async () => {
    await expect(readCloud('AzureMars')).rejects.toBeInstanceOf(UsageError);
    await writeFile(join(dir, 'cloud.json'), JSON.stringify(good));
    await expect(readCloud(join(dir, 'cloud.json'))).rejects.toThrow(/clientSecretFile/);
  });

  it.each([
    ['{', ['1:2 not JSON: expected a member name in double quotes']],
    [
      '{\n "name": "x",\n "resourceManager": "http://plain",\n "authority": "https://a", "audience": "b"\n}',
      ['3:21 resourceManager: expected an https URL'],
    ],
    [
      '{\n "name": "x", "resourceManager": "https://a", "authority": "https://a",\n "audience": "b", "clientSecret": "inline"\n}',
      ['3:35 clientSecret: Unrecognized key: "clientSecret"'],
    ],
  ])('%j is refused at its place', (text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });
});

describe('logging in', () => {
  it('with the login of a cloud file asks its own authority only, and sends the token to its own manager only', async () => {
    const asked: string[] = [];
    const answer = (body: unknown) => async (request: Request) => {
      asked.push(`${request.method} ${request.url} ${await request.text()}`);
      return [200, JSON.stringify(body), { 'content-type': 'application/json' }] as const;
    };
    const at = 'https://localhost:8443';
    nock(at)
      .persist()
      .get(/openid-configuration/)
      .reply(
        answer({
          issuer: `${at}/adfs`,
          authorization_endpoint: `${at}/adfs/oauth2/authorize`,
          token_endpoint: `${at}/adfs/oauth2/token`,
          jwks_uri: `${at}/adfs/keys`,
        }),
      );
    nock(at)
      .persist()
      .post(/token/)
      .reply(answer({ token_type: 'Bearer', expires_in: 3600, access_token: 'header.payload.signature' }));
    nock(at)
      .persist()
      .get(/subscriptions/)
      .reply(answer({ value: [] }));
    const transport = connect(
      {
        name: 'sim',
        resourceManager: at,
        authority: `${at}/adfs`,
        audience: `${at}/`,
        timeScale: 1,
        credential: { clientId: 'client', clientSecret: 's3cret' },
      },
      { elapsedMs: () => 0 },
    );
    expect(
      (
        await transport.send({
          provider: 'subscriptions',
          method: 'GET',
          path: '/subscriptions',
          apiVersion: '2022-12-01',
        })
      ).status,
    ).toBe(200);
    expect(
      (await transport.send({ provider: 'backup', method: 'GET', path: '/subscriptions/b', apiVersion: '2022-12-01' }))
        .status,
    ).toBe(200);
    const tokens = asked.filter((a) => a.startsWith('POST'));
    expect(tokens).toHaveLength(1);
    expect(decodeURIComponent(tokens[0]!)).toContain('scope=https://localhost:8443//.default');
    expect(asked.every((a) => / https:\/\/localhost:8443\//.test(a))).toBe(true);
  });
});
