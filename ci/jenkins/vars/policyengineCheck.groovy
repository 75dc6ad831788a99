// Jenkins shared step: judge an image.
//
//   policyengineCheck image: 'registry.example.com/shop/web:1.4.2', evidence: ['reports/']
//
// Values reach the script through the environment only. The step fails the build where the image
// may not ship; with `failBuild: false` it returns the verdict instead.
def call(Map options = [:]) {
    if (!options.image) {
        error 'policyengineCheck: image is missing'
    }
    def known = ['image', 'bundle', 'evidence', 'waivers', 'params', 'environment', 'version', 'failBuild']
    def strange = options.keySet() - known
    if (strange) {
        error "policyengineCheck: no such option: ${strange.join(', ')}; there are: ${known.join(', ')}"
    }
    def lines = { value -> (value instanceof Collection ? value : value ? [value] : []).join('\n') }
    def variables = [
        "POLICYENGINE_IMAGE=${options.image}",
        "POLICYENGINE_BUNDLE=${lines(options.bundle)}",
        "POLICYENGINE_EVIDENCE=${lines(options.evidence)}",
        "POLICYENGINE_WAIVERS=${lines(options.waivers)}",
        "POLICYENGINE_PARAMS=${lines(options.params)}",
        "POLICYENGINE_ENVIRONMENT=${options.environment ?: ''}",
        "POLICYENGINE_REPORTS=junit=policyengine-junit.xml",
        "POLICYENGINE_VERSION=${options.version ?: '0.1.0'}",
    ]
    writeFile file: '.policyengine-check.sh', text: libraryResource('policyengine/check.sh')
    def code = withEnv(variables) {
        sh label: 'Install policyengine', script: '''
            python3 -m venv .policyengine-venv
            .policyengine-venv/bin/pip install --quiet "image-policyengine==$POLICYENGINE_VERSION"
        '''
        sh label: 'Judge the image', returnStatus: true, script: '''
            PATH="$PWD/.policyengine-venv/bin:$PATH" sh .policyengine-check.sh
        '''
    }
    junit testResults: 'policyengine-junit.xml', allowEmptyResults: code != 0 && code != 1
    archiveArtifacts artifacts: 'policyengine-result.json', allowEmptyArchive: true
    def verdict = code == 0 ? 'allowed' : code == 1 ? 'denied' : 'incomplete'
    if (code != 0 && options.failBuild != false) {
        error "policyengine: ${options.image} is ${verdict}"
    }
    return verdict
}
