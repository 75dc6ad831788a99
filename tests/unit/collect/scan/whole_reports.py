"""One small report a shape, written by hand, with something in every field that is read."""

from __future__ import annotations

from typing import Any

DIGEST = "sha256:" + "d" * 64
IMAGE_ID = "sha256:" + "1" * 64
LAYER = "sha256:" + "4" * 64
TIME = "2026-01-02T03:04:05Z"
VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"

_SNYK_FINDING: dict[str, Any] = {
    "id": "SNYK-DEBIAN12-P-1",
    "title": "t",
    "name": "src/p",
    "packageName": "p",
    "moduleName": "p",
    "version": "1",
    "language": "linux",
    "packageManager": "debian:12",
    "severity": "high",
    "severityWithCritical": "critical",
    "identifiers": {"CVE": ["CVE-2026-1001"], "GHSA": ["GHSA-2222-3333-4444"]},
    "fixedIn": ["2"],
    "nearestFixedInVersion": "2",
    "CVSSv3": VECTOR,
    "cvssScore": 9.8,
    "cvssDetails": [{"assigner": "NVD", "cvssV3Vector": VECTOR, "cvssV3BaseScore": 9.1}],
    "cvssSources": [
        {"assigner": "Snyk", "vector": "CVSS:4.0/AV:N", "baseScore": 9.3, "cvssVersion": "4.0"}
    ],
    "epssDetails": {"probability": "0.5", "percentile": "0.98"},
    "exploit": "Proof of Concept",
    "publicationTime": TIME,
    "modificationTime": TIME,
}
_ANCHORE_CHECK: dict[str, Any] = {
    "triggerId": "t",
    "gate": "dockerfile",
    "triggerName": "effective_user",
    "description": "d",
    "status": "stop",
}
_AQUA_FINDING: dict[str, Any] = {
    "name": "CVE-2026-1001",
    "aqua_severity": "high",
    "vendor_severity": "important",
    "nvd_severity_v3": "critical",
    "nvd_severity": "high",
    "severity_classification": "Fix Version: No DSA",
    "aqua_score": 7.5,
    "aqua_vectors": VECTOR,
    "nvd_score": 5,
    "nvd_vectors": "AV:N",
    "nvd_score_v3": 9.8,
    "nvd_vectors_v3": VECTOR,
    "fix_version": "2, 3",
    "fix_publish_date": "2026-01-03",
    "cisa_publish_date": "2026-01-04",
    "epss_score": 0.5,
    "epss_percentile": 0.9,
    "nvd_url": "u",
    "vendor_url": "v",
    "publish_date": "2026-01-01",
    "modification_date": "2026-01-02",
    "ref_vulns": [{"name": "CVE-2026-2002"}],
}
_AQUA_RESOURCE: dict[str, Any] = {
    "format": "npm",
    "path": "/p",
    "name": "p",
    "version": "1",
    "layer_digest": LAYER,
    "sensitive_items": ["RSA PRIVATE KEY"],
}
_INSPECTOR_DETAILS: dict[str, Any] = {
    "vulnerabilityId": "CVE-2026-1001",
    "relatedVulnerabilities": ["CVE-2026-2002"],
    "sourceUrl": "u",
    "vendorCreatedAt": TIME,
    "vendorUpdatedAt": TIME,
    "cvss": [{"source": "NVD", "version": "3.1", "scoringVector": VECTOR, "baseScore": 9.8}],
    "vulnerablePackages": [
        {
            "name": "p",
            "version": "1",
            "release": "2",
            "epoch": 3,
            "packageManager": "OS",
            "filePath": "p",
            "sourceLayerHash": LAYER,
            "fixedInVersion": "2",
        }
    ],
}
_INSPECTOR_FINDING: dict[str, Any] = {
    "awsAccountId": "012345678901",
    "severity": "HIGH",
    "status": "ACTIVE",
    "title": "t",
    "type": "PACKAGE_VULNERABILITY",
    "fixAvailable": "YES",
    "exploitAvailable": "NO",
    "epss": {"score": 0.1},
    "packageVulnerabilityDetails": _INSPECTOR_DETAILS,
    "resources": [
        {
            "type": "AWS_ECR_CONTAINER_IMAGE",
            "id": "arn:aws:ecr:eu-west-1:012345678901:repository/app/" + DIGEST,
            "region": "eu-west-1",
            "details": {
                "awsEcrContainerImage": {
                    "registry": "012345678901",
                    "repositoryName": "app",
                    "imageHash": DIGEST,
                    "imageTags": ["1"],
                    "platform": "DEBIAN_12",
                }
            },
        }
    ],
}
_XRAY_CVE: dict[str, Any] = {
    "cve": "CVE-2026-1001",
    "cvss_v2": "5.0/CVSS:2.0/AV:N",
    "cvss_v3": "9.8/" + VECTOR,
}
_OPERATOR: dict[str, Any] = {
    "apiVersion": "aquasecurity.github.io/v1alpha1",
    "metadata": {"name": "replicaset-app"},
}

WHOLE: dict[str, Any] = {
    "snyk": {
        "ok": False,
        "vulnerabilities": [_SNYK_FINDING],
        "applications": [
            {
                "ok": False,
                "displayTargetFile": "/app/package.json",
                "vulnerabilities": [
                    {
                        "id": "snyk:lic:npm:q:GPL-3.0",
                        "type": "license",
                        "license": "GPL-3.0",
                        "severity": "medium",
                        "name": "q",
                        "version": "1",
                    }
                ],
            }
        ],
        "docker": {},
        "scanResult": {"target": {"image": "docker-image|registry.example/app"}},
        "filtered": {"ignore": [{}], "patch": []},
        "projectName": "docker-image|registry.example/app",
        "packageManager": "deb",
        "displayTargetFile": "Dockerfile",
        "summary": "1 vulnerable dependency path",
        "path": "registry.example/app:1/app",
    },
    "prisma cloud": {
        "results": [
            {
                "id": IMAGE_ID,
                "name": "registry.example/app:1",
                "digest": DIGEST,
                "distro": "Debian 12",
                "scanTime": TIME,
                "scanVersion": "34.1",
                "repoDigests": ["registry.example/app@" + DIGEST],
                "vulnerabilities": [
                    {
                        "id": "CVE-2026-1001",
                        "severity": "important",
                        "status": "fixed in 2, 3",
                        "cvss": 9.8,
                        "vector": VECTOR,
                        "link": "u",
                        "packageName": "p",
                        "packageVersion": "1",
                        "packageType": "os",
                        "packagePath": "/p",
                        "layerDigest": LAYER,
                        "publishedDate": TIME,
                        "fixDate": TIME,
                    }
                ],
                "compliances": [
                    {
                        "id": 41,
                        "severity": "high",
                        "title": "t",
                        "cause": "c",
                        "description": "d",
                        "packagePath": "/p",
                    }
                ],
                "packages": [{"name": "p"}],
                "vulnerabilityDistribution": {"critical": 0, "high": 1, "medium": 0, "low": 0},
                "complianceDistribution": {"critical": 0, "high": 1, "medium": 0, "low": 0},
                "vulnerabilityScanPassed": False,
                "complianceScanPassed": True,
            }
        ],
        "consoleURL": "u",
    },
    "prisma cloud scans": [
        {
            "entityInfo": {"type": "image", "id": IMAGE_ID, "name": "app:1", "distro": "d"},
            "results": [{"vulnerabilities": [{"id": "CVE-2026-1001", "packageName": "p"}]}],
        }
    ],
    "prisma cloud images": [
        {
            "_id": IMAGE_ID,
            "repoTag": {"registry": "registry.example", "repo": "app", "tag": "1"},
            "vulnerabilities": [{"cve": "CVE-2026-1001", "packageName": "p"}],
            "complianceIssues": [{"id": 41, "title": "t"}],
        }
    ],
    "clair": {
        "manifest_hash": DIGEST,
        "state": "IndexFinished",
        "success": True,
        "err": "",
        "packages": {"1": {"name": "p", "version": "1"}},
        "distributions": {"d": {"pretty_name": "Debian 12", "name": "debian"}},
        "environments": {"1": [{"package_db": "var/lib/dpkg/status", "introduced_in": LAYER}]},
        "vulnerabilities": {
            "v": {
                "name": "CVE-2026-1001 p",
                "links": "u https://example/",
                "severity": "high**",
                "normalized_severity": "High",
                "fixed_in_version": "2",
                "issued": TIME,
            }
        },
        "package_vulnerabilities": {"1": ["v"]},
        "enrichments": {
            "message/vnd.clair.map.vulnerability; enricher=clair.cvss schema=x": [
                {"v": [{"version": "3.1", "vectorString": VECTOR, "baseScore": 9.8}]}
            ],
            "message/vnd.clair.map.vulnerability; enricher=clair.epss schema=x": [
                {"v": [{"epss": 0.5, "percentile": 0.9}]}
            ],
            "message/vnd.clair.map.vulnerability; enricher=clair.kev schema=x": [{"v": [{}]}],
            "message/vnd.clair.map.layer; enricher=other": [{}],
        },
    },
    "clair-scanner": {
        "image": "registry.example/app:1",
        "unapproved": ["CVE-2026-1001"],
        "vulnerabilities": [
            {
                "vulnerability": "CVE-2026-1001",
                "severity": "Defcon1",
                "link": "u",
                "fixedby": "2",
                "featurename": "p",
                "featureversion": "1",
            }
        ],
    },
    "klar": {
        "LayerCount": 3,
        "Vulnerabilities": {
            "High": [
                {
                    "Name": "RHSA-2026:0001",
                    "Severity": "High",
                    "Link": "https://example/CVE-2026-1001",
                    "FixedBy": "2",
                    "FeatureName": "p",
                    "FeatureVersion": "1",
                }
            ]
        },
    },
    "harbor": {
        "application/vnd.security.vulnerability.report; version=1.1": {
            "generated_at": TIME,
            "scan_status": "Success",
            "scanner": {"name": "Trivy", "version": "v0.68.1"},
            "severity": "High",
            "artifact": {"digest": DIGEST},
            "vulnerabilities": [
                {
                    "id": "CVE-2026-1001",
                    "package": "p",
                    "version": "1",
                    "fix_version": "2",
                    "severity": "High",
                    "status": "fixed",
                    "links": ["u"],
                    "artifact_digests": [DIGEST],
                    "layer": {"digest": LAYER, "diff_id": LAYER},
                    "preferred_cvss": {"score_v3": 9.8, "vector_v3": VECTOR},
                    "vendor_attributes": {"CVSS": {"nvd": {"V3Score": 9.8, "V3Vector": VECTOR}}},
                }
            ],
        }
    },
    "quay": {
        "status": "scanned",
        "data": {
            "Layer": {
                "Name": DIGEST,
                "NamespaceName": "debian 12",
                "IndexedByVersion": 4,
                "Features": [
                    {
                        "Name": "p",
                        "Version": "1",
                        "VersionFormat": "dpkg",
                        "AddedBy": LAYER,
                        "Vulnerabilities": [
                            {
                                "Name": "CVE-2026-1001",
                                "Severity": "High",
                                "Link": "u",
                                "FixedBy": "2",
                                "Metadata": {"NVD": {"CVSSv3": {"Vectors": VECTOR, "Score": 9.8}}},
                            }
                        ],
                    }
                ],
            }
        },
    },
    "dockle": {
        "image": "registry.example/app:1",
        "summary": {"fatal": 1, "warn": 0, "info": 0, "skip": 0, "pass": 15},
        "details": [{"code": "CIS-DI-0010", "title": "t", "level": "FATAL", "alerts": ["a", "b"]}],
    },
    "gitlab": {
        "version": "15.0.7",
        "vulnerabilities": [
            {
                "id": "f" * 40,
                "cve": "CVE-2026-1001",
                "name": "t",
                "message": "m",
                "severity": "High",
                "solution": "Upgrade p from 1 to 2",
                "location": {
                    "dependency": {"package": {"name": "p"}, "version": "1"},
                    "operating_system": "debian 12",
                    "image": "registry.example/app:1",
                },
                "identifiers": [
                    {"type": "cve", "name": "CVE-2026-1001", "value": "CVE-2026-1001", "url": "u"},
                    {"type": "cwe", "name": "CWE-1", "value": "1"},
                ],
            }
        ],
        "remediations": [],
        "scan": {
            "scanner": {"id": "trivy", "version": "0.68.1"},
            "type": "container_scanning",
            "end_time": "2026-01-02T03:04:05",
            "status": "success",
        },
    },
    "sarif": {
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Trivy",
                        "version": "0.68.1",
                        "rules": [
                            {
                                "id": "CVE-2026-1001",
                                "name": "OsPackageVulnerability",
                                "shortDescription": {"text": "t"},
                                "fullDescription": {"text": "d"},
                                "helpUri": "u",
                                "help": {"text": "Vulnerability CVE-2026-1001\nType: debian"},
                                "defaultConfiguration": {"level": "error"},
                                "properties": {
                                    "tags": ["vulnerability"],
                                    "security-severity": "9.8",
                                    "cvssV3": VECTOR,
                                    "purls": ["pkg:deb/debian/p@1"],
                                    "fixed_version": "2",
                                },
                            },
                            {"id": "aws-key", "name": "Secret", "properties": {"tags": ["secret"]}},
                            {"id": "DS002", "properties": {"tags": ["misconfiguration"]}},
                            {"id": "p:GPL-3.0", "properties": {"tags": ["license"]}},
                        ],
                    }
                },
                "invocations": [{"executionSuccessful": True, "endTimeUtc": TIME}],
                "properties": {
                    "imageName": "registry.example/app:1",
                    "imageID": IMAGE_ID,
                    "repoTags": ["registry.example/app:1"],
                    "repoDigests": ["registry.example/app@" + DIGEST],
                },
                "results": [
                    {
                        "ruleId": "CVE-2026-1001",
                        "ruleIndex": 0,
                        "rule": {"id": "CVE-2026-1001", "index": 0},
                        "kind": "fail",
                        "baselineState": "new",
                        "level": "error",
                        "message": {
                            "text": "Package: p\nInstalled Version: 1\nSeverity: HIGH\n"
                            "Fixed Version: 2\nLink: [CVE-2026-1001](u)"
                        },
                        "suppressions": [{"kind": "external"}],
                        "properties": {
                            "name": "p",
                            "version": "1",
                            "epssScore": "0.5",
                            "epssPercentile": "0.9",
                        },
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": "app/p"},
                                    "region": {"startLine": 1},
                                },
                                "logicalLocations": [
                                    {"fullyQualifiedName": f"registry.example/app:1@{LAYER}:/p"}
                                ],
                            }
                        ],
                    },
                    {"ruleId": "aws-key", "message": {"text": "Severity: CRITICAL"}},
                    {"ruleId": "DS002", "message": {"text": "Severity: HIGH"}},
                    {"ruleId": "p:GPL-3.0", "message": {"text": "Classification: restricted"}},
                ],
            }
        ],
    },
    "anchore": {
        "imageDigest": DIGEST,
        "vulnerability_type": "all",
        "vulnerabilities": [
            {
                "vuln": "GHSA-2222-3333-4444",
                "severity": "High",
                "fix": "2",
                "url": "u",
                "package_name": "p",
                "package_version": "1",
                "package_type": "npm",
                "package_path": "/p",
                "will_not_fix": False,
                "nvd_data": [
                    {
                        "id": "CVE-2026-1001",
                        "cvss_v3": {"base_score": 9.8, "vector_string": VECTOR},
                        "cvss_v2": {"base_score": -1.0},
                    }
                ],
                "vendor_data": [{"id": "V", "cvss_v3": {"base_score": 5.0}}],
            }
        ],
    },
    "anchorectl": [
        {
            "vuln": "CVE-2026-1001",
            "feed": "vulnerabilities",
            "severity": "High",
            "fix": "None",
            "packageName": "p",
            "packageVersion": "1",
            "packageType": "dpkg",
            "packagePath": "None",
            "willNotFix": True,
            "nvdData": [{"id": "CVE-2026-1001", "cvssV3": {"baseScore": 9.8}}],
        }
    ],
    "anchore evaluation": {
        "metadata": {
            "registry": "registry.example",
            "repository": "app",
            "tag": "1",
            "imageDigest": DIGEST,
            "timestamp": TIME,
        },
        "securityEvaluation": [
            {
                "vulnerabilityId": "GHSA-2222-3333-4444",
                "cves": "CVE-2026-1001",
                "severity": "High",
                "fixAvailable": "2,3",
                "fixObservedAt": TIME,
                "link": "u",
                "nvdCvssBaseScore": 9.8,
                "packageType": "Java",
                "path": "/p.jar",
                "package": "tomcat-api-9.0.97",
            }
        ],
    },
    "anchore policy": [
        {
            "digest": DIGEST,
            "tag": "registry.example/app:1",
            "policyId": "p",
            "status": "fail",
            "finalAction": "stop",
            "finalActionReason": "policy_evaluation",
            "lastEvaluation": TIME,
            "detail": [_ANCHORE_CHECK],
        }
    ],
    "anchore policy 2": {
        "evaluatedTag": "registry.example/app:1",
        "imageDigest": DIGEST,
        "policyId": "p",
        "evaluations": [
            {
                "status": "pass",
                "finalActionReason": "policy_evaluation",
                "evaluationTime": TIME,
                "details": [_ANCHORE_CHECK],
            }
        ],
    },
    "anchore enterprise policy": [
        {
            DIGEST: {
                "registry.example/app:1": [
                    {
                        "policyId": "p",
                        "status": "fail",
                        "last_evaluation": TIME,
                        "detail": {
                            "result": {
                                "result": {
                                    "1" * 64: {
                                        "result": {
                                            "header": [
                                                *("Image_Id", "Repo_Tag", "Trigger_Id", "Gate"),
                                                *("Trigger", "Check_Output", "Gate_Action"),
                                                *("Whitelisted", "Policy_Id"),
                                            ],
                                            "row_count": 2,
                                            "rows": [
                                                ["i", "r", "t", "g", "n", "o", "stop", False, "p"],
                                                ["i", "r", "t", "g", "n", "o", "warn", True, "p"],
                                            ],
                                        }
                                    }
                                }
                            }
                        },
                    }
                ]
            }
        }
    ],
    "aqua": {
        "image": "app:1",
        "digest": DIGEST,
        "os": "debian",
        "version": "12",
        "scan_started": {"seconds": 1767323045},
        "scan_duration": 5,
        "partial_results": False,
        "resources": [
            {
                "resource": _AQUA_RESOURCE,
                "scanned": True,
                "vulnerabilities": [_AQUA_FINDING],
                "sensitive_data_items": [{"type": "RSA PRIVATE KEY"}],
            }
        ],
        "image_assurance_results": {
            "disallowed": True,
            "checks_performed": [{"policy_name": "p", "control": "root_user", "failed": True}],
        },
    },
    "aqua task": [
        {
            "image_name": "app:1",
            "results": {
                "image": "registry.example/app:1",
                "scan_started": {"seconds": 1767323045},
                "resources": [{"resource": _AQUA_RESOURCE, "scanned": True}],
            },
        }
    ],
    "aqua api": {
        "count": 1,
        "page": 1,
        "pagesize": 50,
        "more_data_all_pages": 0,
        "is_partial_data": False,
        "query": {"image_name": "app:1", "image_name_exact_match": True, "show_negligible": True},
        "result": [
            {
                "name": "CVE-2026-1001",
                "vendor_severity": "high",
                "nvd_cvss3_severity": "high",
                "nvd_cvss2_score": 5,
                "nvd_cvss2_vectors": "AV:N",
                "nvd_cvss3_score": 9.8,
                "nvd_cvss3_vectors": VECTOR,
                "image_name": "app:1",
                "image_digest": DIGEST,
                "resource": {"format": "npm", "name": "p", "version": "1"},
            }
        ],
    },
    "asff": {
        "Findings": [
            {
                "SchemaVersion": "2018-10-08",
                "ProductArn": "arn",
                "GeneratorId": "AWSInspector",
                "Title": "t",
                "Description": "d",
                "Severity": {"Label": "HIGH", "Original": "HIGH"},
                "RecordState": "ACTIVE",
                "Workflow": {"Status": "NEW"},
                "Vulnerabilities": [
                    {
                        "Id": "CVE-2026-1001",
                        "FixAvailable": "YES",
                        "ExploitAvailable": "YES",
                        "EpssScore": 0.5,
                        "Vendor": {
                            "Url": "u",
                            "VendorCreatedAt": TIME,
                            "VendorUpdatedAt": TIME,
                        },
                        "Cvss": [
                            {
                                "Source": "NVD",
                                "Version": "3.1",
                                "BaseVector": VECTOR,
                                "BaseScore": "9.8",
                            }
                        ],
                        "VulnerablePackages": [
                            {
                                "Name": "p",
                                "Version": "1",
                                "Epoch": "2",
                                "Release": "3",
                                "PackageManager": "OS",
                                "FilePath": "p",
                                "SourceLayerHash": LAYER,
                                "FixedInVersion": "2",
                            }
                        ],
                    }
                ],
                "Resources": [
                    {
                        "Type": "AwsEcrContainerImage",
                        "Id": "arn:aws:ecr:eu-west-1:012345678901:repository/app/" + DIGEST,
                        "Region": "eu-west-1",
                        "Details": {
                            "AwsEcrContainerImage": {
                                "RegistryId": "012345678901",
                                "RepositoryName": "app",
                                "ImageDigest": DIGEST,
                                "ImageTags": ["1"],
                            }
                        },
                    }
                ],
            },
            {
                "SchemaVersion": "2018-10-08",
                "ProductArn": "arn",
                "GeneratorId": "g",
                "Title": "t",
                "Description": "d",
                "Compliance": {"Status": "FAILED"},
                "ProductFields": {"ControlId": "ECR.1"},
                "Resources": [{"Type": "AwsEcrRepository", "Id": "app"}],
            },
        ]
    },
    "inspector": {
        "findings": [
            _INSPECTOR_FINDING,
            {
                "severity": "LOW",
                "title": "t",
                "description": "d",
                "type": "CODE_VULNERABILITY",
                "codeVulnerabilityDetails": {"ruleId": "r", "filePath": {"filePath": "p"}},
                "resources": [{"type": "AWS_LAMBDA_FUNCTION", "id": "f"}],
            },
        ]
    },
    "ecr": {
        "registryId": "012345678901",
        "repositoryName": "app",
        "imageId": {"imageDigest": DIGEST, "imageTag": "1"},
        "imageScanStatus": {"status": "COMPLETE", "description": "d"},
        "imageScanFindings": {
            "imageScanCompletedAt": TIME,
            "vulnerabilitySourceUpdatedAt": TIME,
            "findingSeverityCounts": {"HIGH": 1},
            "findings": [
                {
                    "name": "CVE-2026-1001",
                    "uri": "u",
                    "severity": "HIGH",
                    "attributes": [
                        {"key": "package_name", "value": "p"},
                        {"key": "package_version", "value": "1"},
                        {"key": "CVSS3_VECTOR", "value": VECTOR},
                        {"key": "CVSS3_SCORE", "value": "9.8"},
                    ],
                }
            ],
            "enhancedFindings": [_INSPECTOR_FINDING],
        },
    },
    "dependency-track": {
        "version": "1.3",
        "meta": {"application": "Dependency-Track", "version": "4.14.1", "timestamp": TIME},
        "project": {"name": "registry.example/app", "version": "1"},
        "findings": [
            {
                "component": {
                    "group": "g",
                    "name": "p",
                    "version": "1",
                    "purl": "pkg:npm/g/p@1",
                },
                "vulnerability": {
                    "vulnId": "GHSA-2222-3333-4444",
                    "source": "GITHUB",
                    "severity": "HIGH",
                    "title": "t",
                    "recommendation": "r",
                    "aliases": [{"cveId": "CVE-2026-1001", "ghsaId": "GHSA-2222-3333-4444"}],
                    "cvssV3Vector": VECTOR,
                    "cvssV3BaseScore": 9.8,
                    "epssScore": 0.5,
                    "epssPercentile": 0.9,
                    "published": TIME,
                },
                "analysis": {"state": "FALSE_POSITIVE", "isSuppressed": True},
            }
        ],
    },
    "xray": {
        "artifacts": [
            {
                "general": {
                    "name": "app:1",
                    "pkg_type": "Docker",
                    "path": "local/app/1/",
                    "sha256": "d" * 64,
                },
                "issues": [
                    {
                        "issue_id": "XRAY-1",
                        "issue_type": "security",
                        "severity": "High",
                        "summary": "s",
                        "provider": "JFrog",
                        "created": TIME,
                        "cves": [_XRAY_CVE],
                        "impact_path": [
                            f"local/app/1/sha256__{'4' * 64}.tar.gz/3.12:busybox:1.31.1-r20",
                            f"local/app/1/sha256__{'4' * 64}.tar.gz/3.12:ssl_client:1.31.1-r20",
                        ],
                    }
                ],
                "licenses": [{"name": "GPL-3.0", "components": ["gav://g:a:1"]}],
            }
        ]
    },
    "xray rows": {
        "total_rows": 1,
        "rows": [
            {
                "issue_id": "XRAY-1",
                "severity": "High",
                "summary": "s",
                "provider": "JFrog",
                "published": TIME,
                "artifact_scan_time": TIME,
                "cves": [
                    {"cve": "CVE-2026-1001", "cvss_v3_score": 9.8, "cvss_v3_vector": VECTOR},
                    {"cve": "CVE-2026-2002"},
                ],
                "vulnerable_component": "rpm://7:java:0:11.0.6-1.el7",
                "impacted_artifact": "docker://app:1",
                "fixed_versions": ["≥ 1:11.0.7"],
            }
        ],
    },
    "xray export": {
        "total_count": 1,
        "data": [
            {
                "id": "",
                "severity": "High",
                "summary": "s",
                "provider": "JFrog",
                "component": "debian:stretch:libx11",
                "source_comp_id": "deb://debian:stretch:libx11:2:1.6.4-3",
                "component_versions": {
                    "fixed_versions": ["≥ 2:1.6.4-3+deb9u1"],
                    "more_details": {"cves": [_XRAY_CVE]},
                },
                "edited": TIME,
            }
        ],
    },
    "neuvector": {
        "report": {
            "image_id": IMAGE_ID,
            "registry": "https://registry.example",
            "repository": "app",
            "tag": "1",
            "digest": DIGEST,
            "base_os": "debian:12",
            "cvedb_version": "3.1",
            "verdict": "pass",
            "vulnerabilities": [
                {
                    "name": "CVE-2026-1001",
                    "severity": "High",
                    "package_name": "p",
                    "package_version": "1",
                    "fixed_version": "2",
                    "file_name": "p",
                    "link": "u",
                    "score": 5,
                    "vectors": "AV:N",
                    "score_v3": 9.8,
                    "vectors_v3": VECTOR,
                    "published_timestamp": 1767323045,
                    "last_modified_timestamp": 1767323045,
                }
            ],
            "checks": [
                {"level": "WARN", "test_number": "4.1", "description": "d", "message": ["m"]}
            ],
            "secrets": [{"type": "key", "path": "/p"}],
            "setid_perms": [{"type": "setuid", "path": "/bin/su", "evidence": "e"}],
        }
    },
    "osv-scanner": {
        "date": TIME,
        "experimental_config": {"licenses": {}},
        "image_metadata": {"os": "Debian 12", "layer_metadata": [{"diff_id": LAYER}]},
        "results": [
            {
                "source": {"path": "/p", "type": "os"},
                "packages": [
                    {
                        "package": {
                            "name": "p",
                            "version": "1",
                            "ecosystem": "Debian:12",
                            "commit": "c",
                        },
                        "vulnerabilities": [
                            {
                                "id": "DSA-1-1",
                                "aliases": ["CVE-2026-1001"],
                                "summary": "t",
                                "published": TIME,
                                "modified": TIME,
                                "withdrawn": TIME,
                                "severity": [{"type": "CVSS_V3", "score": VECTOR}],
                                "affected": [
                                    {
                                        "package": {"name": "p"},
                                        "ranges": [
                                            {"events": [{"introduced": "0"}, {"fixed": "2"}]}
                                        ],
                                    }
                                ],
                            }
                        ],
                        "groups": [
                            {
                                "ids": ["DSA-1-1"],
                                "max_severity": "9.8",
                                "experimentalAnalysis": {"DSA-1-1": {"called": False}},
                            }
                        ],
                        "license_violations": ["GPL-3.0"],
                    }
                ],
            }
        ],
    },
    "sysdig": {
        "info": {"scanTime": TIME},
        "scanner": {"name": "sysdig-cli-scanner", "version": "1.20.0"},
        "result": {
            "type": "dockerImage",
            "metadata": {
                "pullString": "registry.example/app:1",
                "imageId": IMAGE_ID,
                "digest": DIGEST,
                "baseOs": "debian 12",
            },
            "packages": [
                {
                    "type": "os",
                    "name": "p",
                    "version": "1",
                    "path": "/p",
                    "layerDigest": LAYER,
                    "vulns": [
                        {
                            "name": "CVE-2026-1001",
                            "severity": {"value": "High"},
                            "cvssScore": {
                                "sourceName": "nvd",
                                "value": {"version": "3.1", "score": 9.8, "vector": VECTOR},
                            },
                            "disclosureDate": "2026-01-01",
                            "solutionDate": "2026-01-02",
                            "exploitable": True,
                            "fixedInVersion": "2",
                            "acceptedRisks": [{}],
                        }
                    ],
                }
            ],
            "policyEvaluations": [{"name": "p", "evaluationResult": "failed"}],
            "policyEvaluationsResult": "failed",
        },
    },
    "sysdig rows": {
        "data": [
            {
                "imageId": IMAGE_ID,
                "imagePullString": "registry.example/app:1",
                "osName": "debian 12",
                "vulnName": "CVE-2026-1001",
                "vulnSeverity": "High",
                "vulnLink": "u",
                "vulnCvssVersion": "3.1",
                "vulnCvssScore": 9.8,
                "vulnCvssVector": VECTOR,
                "vulnDisclosureDate": TIME,
                "vulnSolutionDate": TIME,
                "vulnExploitable": False,
                "vulnFixVersion": "2",
                "packageName": "p",
                "packageType": "os",
                "packagePath": "/p",
                "packageVersion": "1",
            }
        ]
    },
    "sysdig panels": {
        "schedule": {"frequency": "ad-hoc"},
        "panels": [
            {
                "data": [
                    {
                        "container_image": "registry.example/app:1",
                        "container_image_id": IMAGE_ID,
                        "container_image_distro": "debian 12",
                        "scan_package_name": "p",
                        "scan_package_version": "1",
                        "scan_package_type": "OS",
                        "scan_package_path": "/p",
                        "vuln_id": "CVE-2026-1001",
                        "vuln_severity": "High",
                        "vuln_cvss_score": 9.8,
                        "vuln_cvss_vector": VECTOR,
                        "vuln_cvss_version": "3.1",
                        "vuln_disclosure_date": TIME,
                        "vuln_fix_available_date": TIME,
                        "vuln_fixed_in_version": "2",
                        "vuln_has_exploit": True,
                        "vuln_cisa_kev_publish_date": TIME,
                        "vuln_risk_accepted": True,
                    }
                ]
            }
        ],
    },
    "wiz": {
        "createdAt": TIME,
        "status": {"state": "SUCCESS", "verdict": "FAILED_BY_POLICY"},
        "scanOriginResource": {"name": "registry.example/app:1", "id": IMAGE_ID, "digest": DIGEST},
        "result": {
            "osPackages": [
                {
                    "name": "p",
                    "version": "1",
                    "path": "/p",
                    "detectionMethod": "PACKAGE",
                    "layerMetadata": {"id": LAYER},
                    "vulnerabilities": [
                        {
                            "name": "CVE-2026-1001",
                            "severity": "HIGH",
                            "fixedVersion": "2",
                            "source": "u",
                            "score": 9.8,
                            "hasExploit": True,
                            "hasCisaKevExploit": True,
                            "publishDate": TIME,
                            "fixPublishDate": TIME,
                        }
                    ],
                }
            ],
            "secrets": [
                {
                    "type": "PASSWORD",
                    "description": "d",
                    "severity": "HIGH",
                    "path": "/p",
                    "lineNumber": 3,
                }
            ],
            "analytics": {"vulnerabilities": {"highCount": 1}},
        },
    },
    "trivy kubernetes": {
        "ClusterName": "prod",
        "Resources": [
            {
                "Namespace": "default",
                "Kind": "Deployment",
                "Name": "app",
                "Metadata": [
                    {
                        "ImageID": IMAGE_ID,
                        "DiffIDs": [LAYER],
                        "RepoTags": ["registry.example/app:1"],
                        "RepoDigests": ["registry.example/app@" + DIGEST],
                    }
                ],
                "Error": "",
                "Results": [
                    {
                        "Target": "registry.example/app:1 (debian 12)",
                        "Class": "os-pkgs",
                        "Type": "debian",
                        "Vulnerabilities": [{"VulnerabilityID": "CVE-2026-1001", "PkgName": "p"}],
                    },
                    {
                        "Target": "Deployment/app",
                        "Class": "config",
                        "Misconfigurations": [{"ID": "KSV001", "Status": "FAIL"}],
                    },
                ],
            }
        ],
    },
    "trivy operator": {
        "kind": "List",
        "items": [
            {
                **_OPERATOR,
                "kind": "VulnerabilityReport",
                "report": {
                    "artifact": {"repository": "app", "tag": "1", "digest": DIGEST},
                    "registry": {"server": "registry.example"},
                    "os": {"family": "debian", "name": "12", "eosl": True},
                    "scanner": {"version": "0.68.1"},
                    "updateTimestamp": TIME,
                    "vulnerabilities": [
                        {
                            "vulnerabilityID": "CVE-2026-1001",
                            "resource": "p",
                            "installedVersion": "1",
                            "fixedVersion": "2",
                            "severity": "HIGH",
                            "title": "t",
                            "primaryLink": "u",
                            "packagePURL": "pkg:deb/debian/p@1",
                            "packageType": "debian",
                            "packagePath": "/p",
                            "score": 9.8,
                            "cvsssource": "nvd",
                            "publishedDate": TIME,
                            "lastModifiedDate": TIME,
                        }
                    ],
                },
            },
            {
                **_OPERATOR,
                "kind": "ExposedSecretReport",
                "report": {
                    "artifact": {"repository": "app", "tag": "1"},
                    "registry": {"server": "registry.example"},
                    "secrets": [{"ruleID": "r", "severity": "HIGH", "title": "t", "target": "/p"}],
                },
            },
            {
                **_OPERATOR,
                "kind": "ClusterComplianceReport",
                "status": {
                    "detailReport": {
                        "results": [
                            {
                                "id": "1.1",
                                "severity": "HIGH",
                                "checks": [
                                    {
                                        "checkID": "KSV001",
                                        "severity": "HIGH",
                                        "success": False,
                                        "title": "t",
                                        "target": "x",
                                        "messages": ["m"],
                                    }
                                ],
                            }
                        ]
                    }
                },
            },
        ],
    },
}
