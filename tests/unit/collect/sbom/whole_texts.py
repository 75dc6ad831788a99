"""One small SBOM in every form that is no JSON, with something in every field that is read.

All describe the same two packages, ``outer`` 1 and ``inner`` 2.
"""

from __future__ import annotations

CYCLONEDX_XML = """\
<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"
 serialNumber="urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79">
 <metadata>
  <timestamp>2026-01-01T00:00:00Z</timestamp>
  <tools><components>
   <component type="application"><name>syft</name><version>1</version></component>
  </components></tools>
  <authors><author><name>Ann</name><email>ann@example.org</email></author></authors>
  <component type="container"><name>app</name><version>1</version></component>
  <supplier><name>Example</name></supplier>
 </metadata>
 <components>
  <component type="library" bom-ref="o">
   <supplier><name>Example</name></supplier>
   <name>outer</name>
   <version>1</version>
   <hashes><hash alg="SHA-256">{digest}</hash></hashes>
   <licenses><license acknowledgement="concluded"><id>MIT</id></license></licenses>
   <cpe>cpe:2.3:a:outer:outer:1:*:*:*:*:*:*:*</cpe>
   <purl>pkg:npm/outer@1</purl>
   <components>
    <component type="library" bom-ref="i">
     <name>inner</name>
     <version>2</version>
     <licenses><expression>MIT OR Apache-2.0</expression></licenses>
     <purl>pkg:npm/inner@2</purl>
     <properties><property name="syft:location:0:path">/inner</property></properties>
    </component>
   </components>
  </component>
 </components>
 <dependencies><dependency ref="o"><dependency ref="i"/></dependency></dependencies>
</bom>
""".replace("{digest}", "ab" * 32)

SPDX_XML = """\
<?xml version="1.0" encoding="UTF-8"?>
<Document>
 <spdxVersion>SPDX-2.3</spdxVersion>
 <SPDXID>SPDXRef-DOCUMENT</SPDXID>
 <name>app</name>
 <dataLicense>CC0-1.0</dataLicense>
 <documentNamespace>https://spdx.example/1</documentNamespace>
 <creationInfo>
  <created>2026-01-01T00:00:00Z</created>
  <creators>Person: Ann (ann@example.org)</creators>
  <creators>Tool: syft-1</creators>
 </creationInfo>
 <packages>
  <SPDXID>SPDXRef-outer</SPDXID>
  <name>outer</name>
  <versionInfo>1</versionInfo>
  <supplier>Organization: Example</supplier>
  <downloadLocation>NONE</downloadLocation>
  <filesAnalyzed>false</filesAnalyzed>
  <licenseConcluded>MIT</licenseConcluded>
  <checksums><algorithm>SHA256</algorithm><checksumValue>{digest}</checksumValue></checksums>
  <externalRefs><referenceCategory>PACKAGE-MANAGER</referenceCategory>
   <referenceType>purl</referenceType><referenceLocator>pkg:npm/outer@1</referenceLocator></externalRefs>
 </packages>
 <packages>
  <SPDXID>SPDXRef-inner</SPDXID>
  <name>inner</name>
  <versionInfo>2</versionInfo>
  <downloadLocation>NONE</downloadLocation>
  <licenseDeclared>MIT OR Apache-2.0</licenseDeclared>
 </packages>
 <relationships>
  <spdxElementId>SPDXRef-outer</spdxElementId>
  <relationshipType>DEPENDS_ON</relationshipType>
  <relatedSpdxElement>SPDXRef-inner</relatedSpdxElement>
 </relationships>
 <relationships>
  <spdxElementId>SPDXRef-DOCUMENT</spdxElementId>
  <relationshipType>DESCRIBES</relationshipType>
  <relatedSpdxElement>SPDXRef-outer</relatedSpdxElement>
 </relationships>
</Document>
""".replace("{digest}", "ab" * 32)

SPDX_RDF = """\
<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:spdx="http://spdx.org/rdf/terms#"
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 <spdx:SpdxDocument rdf:about="https://spdx.example/1#SPDXRef-DOCUMENT">
  <spdx:specVersion>SPDX-2.3</spdx:specVersion>
  <spdx:name>app</spdx:name>
  <spdx:dataLicense rdf:resource="http://spdx.org/licenses/CC0-1.0"/>
  <spdx:creationInfo>
   <spdx:CreationInfo>
    <spdx:created>2026-01-01T00:00:00Z</spdx:created>
    <spdx:creator>Person: Ann (ann@example.org)</spdx:creator>
    <spdx:creator>Tool: syft-1</spdx:creator>
   </spdx:CreationInfo>
  </spdx:creationInfo>
  <spdx:relationship>
   <spdx:Relationship>
    <spdx:relationshipType rdf:resource="http://spdx.org/rdf/terms#relationshipType_describes"/>
    <spdx:relatedSpdxElement>
     <spdx:Package rdf:about="https://spdx.example/1#SPDXRef-outer">
      <spdx:name>outer</spdx:name>
      <spdx:versionInfo>1</spdx:versionInfo>
      <spdx:supplier>Organization: Example</spdx:supplier>
      <spdx:downloadLocation rdf:resource="http://spdx.org/rdf/terms#none"/>
      <spdx:filesAnalyzed>false</spdx:filesAnalyzed>
      <spdx:licenseConcluded rdf:resource="http://spdx.org/licenses/MIT"/>
      <spdx:checksum>
       <spdx:Checksum>
        <spdx:algorithm rdf:resource="http://spdx.org/rdf/terms#checksumAlgorithm_sha256"/>
        <spdx:checksumValue>{digest}</spdx:checksumValue>
       </spdx:Checksum>
      </spdx:checksum>
      <spdx:externalRef>
       <spdx:ExternalRef>
        <spdx:referenceCategory rdf:resource="http://spdx.org/rdf/terms#referenceCategory_packageManager"/>
        <spdx:referenceType rdf:resource="http://spdx.org/rdf/references/purl"/>
        <spdx:referenceLocator>pkg:npm/outer@1</spdx:referenceLocator>
       </spdx:ExternalRef>
      </spdx:externalRef>
      <spdx:relationship>
       <spdx:Relationship>
        <spdx:relationshipType rdf:resource="http://spdx.org/rdf/terms#relationshipType_dependsOn"/>
        <spdx:relatedSpdxElement rdf:resource="https://spdx.example/1#SPDXRef-inner"/>
       </spdx:Relationship>
      </spdx:relationship>
     </spdx:Package>
    </spdx:relatedSpdxElement>
   </spdx:Relationship>
  </spdx:relationship>
 </spdx:SpdxDocument>
 <spdx:Package rdf:about="https://spdx.example/1#SPDXRef-inner">
  <spdx:name>inner</spdx:name>
  <spdx:versionInfo>2</spdx:versionInfo>
  <spdx:licenseDeclared>
   <spdx:DisjunctiveLicenseSet>
    <spdx:member rdf:resource="http://spdx.org/licenses/MIT"/>
    <spdx:member rdf:resource="http://spdx.org/licenses/Apache-2.0"/>
   </spdx:DisjunctiveLicenseSet>
  </spdx:licenseDeclared>
 </spdx:Package>
</rdf:RDF>
""".replace("{digest}", "ab" * 32)

SPDX_TAG_VALUE = """\
SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: app
DocumentNamespace: https://spdx.example/1
Creator: Person: Ann (ann@example.org)
Creator: Tool: syft-1
Created: 2026-01-01T00:00:00Z
# The packages
PackageName: outer
SPDXID: SPDXRef-outer
PackageVersion: 1
PackageSupplier: Organization: Example
PackageDownloadLocation: NONE
FilesAnalyzed: false
PackageLicenseConcluded: MIT
PackageChecksum: SHA256: {digest}
PackageComment: <text>two
lines: of it</text>
ExternalRef: PACKAGE-MANAGER purl pkg:npm/outer@1
PackageName: inner
SPDXID: SPDXRef-inner
PackageVersion: 2
PackageDownloadLocation: NONE
PackageLicenseDeclared: MIT OR Apache-2.0
Relationship: SPDXRef-outer DEPENDS_ON SPDXRef-inner
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-outer
""".replace("{digest}", "ab" * 32)

SPDX_YAML = """\
spdxVersion: SPDX-2.3
SPDXID: SPDXRef-DOCUMENT
name: app
dataLicense: CC0-1.0
documentNamespace: https://spdx.example/1
creationInfo:
  created: 2026-01-01T00:00:00Z
  creators:
  - "Person: Ann (ann@example.org)"
  - "Tool: syft-1"
packages:
- SPDXID: SPDXRef-outer
  name: outer
  versionInfo: 1
  supplier: "Organization: Example"
  downloadLocation: NONE
  filesAnalyzed: false
  licenseConcluded: MIT
  checksums:
  - {algorithm: SHA256, checksumValue: {digest}}
  externalRefs:
  - referenceCategory: PACKAGE-MANAGER
    referenceType: purl
    referenceLocator: pkg:npm/outer@1
- SPDXID: SPDXRef-inner
  name: inner
  versionInfo: 2
  downloadLocation: NONE
  licenseDeclared: MIT OR Apache-2.0
relationships:
- spdxElementId: SPDXRef-outer
  relationshipType: DEPENDS_ON
  relatedSpdxElement: SPDXRef-inner
- spdxElementId: SPDXRef-DOCUMENT
  relationshipType: DESCRIBES
  relatedSpdxElement: SPDXRef-outer
""".replace("{digest}", "ab" * 32)

WHOLE = {
    "cyclonedx-xml": CYCLONEDX_XML,
    "spdx-xml": SPDX_XML,
    "spdx-rdf": SPDX_RDF,
    "spdx-tag-value": SPDX_TAG_VALUE,
    "spdx-yaml": SPDX_YAML,
}
